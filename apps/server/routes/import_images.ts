import { importReader } from "../jobs/job_request.ts";
import { receiveObject } from "../request/receive_object.ts";
import type { SharedContext } from "../server_context.ts";
import { answerNewJob } from "./begin_job.ts";

/** `POST /images/import`: stores files of the exchange unchanged, in the background. */
export function importImagesRoute(shared: SharedContext) {
  const readImport = importReader(shared.ports);
  return async ({ request }: { readonly request: Request }): Promise<Response> => {
    const json = await receiveObject(request, shared.config);
    return await answerNewJob(shared.of(request), request, readImport(request, json));
  };
}
