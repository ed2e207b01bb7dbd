import { importReader } from "../jobs/job_request.ts";
import { receiveObject } from "../request/receive_object.ts";
import type { ServerContext } from "../server_context.ts";
import { answerNewJob } from "./begin_job.ts";

/** `POST /images/import`: stores files of the exchange unchanged, in the background. */
export function importImagesRoute(context: ServerContext) {
  const readImport = importReader(context.ports);
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const json = await receiveObject(request, context.config);
    return await answerNewJob(context, request, readImport(request, json));
  };
}
