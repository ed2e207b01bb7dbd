import { type BucketFailure, BucketOutage, bucketUnavailable, outageOf } from "./bucket_error.ts";
import type { Attempt } from "./send_request.ts";

/** Options for {@linkcode wholeBody}. */
export interface WholeBodyOptions extends Pick<Attempt, "keep" | "deadline"> {
  /** Called when S3 fails after the first bytes have arrived. */
  readonly onFailure: (failure: BucketFailure) => void;
}

/** The timeout for the next bytes, in milliseconds. */
const CHUNK_MILLISECONDS = 7_000;

/**
 * Returns a body of exactly this many bytes, after the first of them have arrived. A body that breaks off, stalls or has another length
 * fails, so that no reader takes a part for the whole.
 */
export async function wholeBody(
  response: Response,
  bytes: number,
  { deadline, keep, onFailure }: WholeBodyOptions,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = response.body?.getReader();
  let count = 0;
  const next = async () => {
    const read = await deadline.wait(CHUNK_MILLISECONDS, async () => await reader?.read());
    const chunk = read?.value;
    count += chunk?.length ?? 0;
    deadline.moved(chunk?.length ?? 0);
    if (count > bytes || (!chunk && count < bytes))
      throw new BucketOutage(`The answer of S3 must have ${bytes} bytes: it has ${chunk ? "more" : count}`);
    return chunk;
  };
  let first = await next();
  const held = keep();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const chunk = first ?? (await next());
        first = undefined;
        if (chunk) return controller.enqueue(chunk);
        held[Symbol.dispose]();
        controller.close();
      } catch (error) {
        held[Symbol.dispose]();
        const { aborted, reason } = deadline.signal;
        const outage = outageOf(reason ?? error);
        // A caller that leaves is not a failure of S3.
        if (!aborted || reason === outage) onFailure(outage);
        controller.error(bucketUnavailable(outage));
        await reader?.cancel().catch(() => {});
      }
    },
    async cancel() {
      held[Symbol.dispose]();
      await reader?.cancel().catch(() => {});
    },
  });
}
