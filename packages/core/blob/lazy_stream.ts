type Bytes = Uint8Array<ArrayBuffer>;

/** Returns a stream that requests its bytes when it is first read. */
export function lazyStream(begin: () => Promise<ReadableStream<Bytes>>): ReadableStream<Bytes> {
  let reader: ReadableStreamDefaultReader<Bytes> | undefined;
  const pull = async (controller: ReadableStreamDefaultController<Bytes>) => {
    reader ??= (await begin()).getReader();
    const { done, value } = await reader.read();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: (reason) => reader?.cancel(reason) }, { highWaterMark: 0 });
}
