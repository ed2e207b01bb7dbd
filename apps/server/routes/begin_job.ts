import { createJob, type JobRequest } from "@progimage/core";
import { jobJson } from "../http/job_json.ts";
import type { ServerContext } from "../server_context.ts";

/** Begins the job that a request asks for and answers with it. @throws {ProgImageError} `invalid_parameter` */
export async function answerNewJob(
  { ports, publicUrl }: Pick<ServerContext, "ports" | "publicUrl">,
  _request: Request,
  wanted: JobRequest,
): Promise<Response> {
  const json = jobJson(await createJob(ports, wanted), publicUrl);
  return Response.json(json, {
    status: 202,
    headers: { "cache-control": "no-store", location: json.href },
  });
}
