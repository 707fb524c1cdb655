import { serve } from "./serve.ts";

/** What any server that takes these bodies costs at the least. */
serve((body) => ({ bytes: body.length }));
