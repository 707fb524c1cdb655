/** A list cannot be read. The message is for people: it names the place, and begins in lower case, to stand behind the file's name. */
export class ListError extends Error {
  override readonly name = "ListError";
}
