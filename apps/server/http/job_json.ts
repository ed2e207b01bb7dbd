import type { Job } from "@progimage/core";

/** A job as the API shows it. Fields may be added, never changed. */
export function jobJson({ id, state, total, done, failed }: Job, publicUrl: string) {
  return { id, state, total, done, failed, href: `${publicUrl}/jobs/${id}` };
}
