import { type ProblemSlug, problemCatalogue } from "./problem-catalogue.ts";

export interface ProblemIssue {
  /** JSON pointer (RFC 6901) to the place in the request's body; empty for the whole. */
  pointer?: string;
  /** The parameter of path, query or headers, where it is not the body that is wrong. */
  parameter?: string;
  detail: string;
  /** Byte of the body, where the place is no JSON value yet. */
  offset?: number;
}

export interface ProblemDetails {
  detail?: string;
  errors?: ProblemIssue[];
  /** Seconds after which the client may try again. */
  retryAfterS?: number;
  headers?: Record<string, string>;
  /** Further members of the problem, such as `limit`. */
  members?: Record<string, number | string | readonly string[]>;
}

/** An answer other than the one asked for; thrown anywhere below a route and turned into a response in one place. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly slug: ProblemSlug;
  readonly details: ProblemDetails;

  constructor(slug: ProblemSlug, details: ProblemDetails = {}, options?: ErrorOptions) {
    super(details.detail ?? problemCatalogue[slug].title, options);
    this.slug = slug;
    this.details = details;
  }

  get status() {
    return problemCatalogue[this.slug].status;
  }

  /**
   * @param publicUrl what the problem's `type` begins with
   * @param requestId told in the problem, so that whoever is shown it can be helped
   */
  toBody(publicUrl: string, requestId: string) {
    const { title, status, meaning } = problemCatalogue[this.slug];
    const { detail, errors, members } = this.details;
    return {
      type: `${publicUrl}/problems/${this.slug}`,
      title,
      status,
      detail: detail ?? meaning,
      ...(errors ? { errors } : {}),
      ...members,
      request_id: requestId,
    };
  }

  /** See {@link toBody}. */
  toResponse(publicUrl: string, requestId: string): Response {
    const { retryAfterS, headers } = this.details;
    return new Response(JSON.stringify(this.toBody(publicUrl, requestId)), {
      status: this.status,
      headers: {
        "Content-Type": "application/problem+json",
        ...(retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) }),
        ...headers,
      },
    });
  }
}
