import { findJob, type Job, type Ports } from "@progimage/core";
import { jobScopes } from "../access/body_rights.ts";
import { requireScope } from "../access/require_scope.ts";

/**
 * Returns a job whose caller has the scopes that it took to create the job.
 *
 * @throws {ProgImageError} `job_not_found`
 * @throws {Refusal} `forbidden`
 */
export async function findPermittedJob(
  ports: Pick<Ports, "jobs" | "transforms">,
  request: Request,
  id: string,
): Promise<Job> {
  const job = await findJob(ports, id);
  requireScope(request, ...jobScopes(job, ports.transforms));
  return job;
}
