const LIMIT_OF_IPX =
  "Out of reach with the same bytes: raw sharp, the limit, is itself only 1.0 to 1.15 times as fast as ipx here, as both spend nearly all their time in the same libvips. We are at the limit.";

/** Why a result misses its target, by the start of its name. Maintained by hand, so that generating the page keeps it. */
export const REASONS: Readonly<Record<string, string>> = {
  "cold render, 6 MP JPEG to 512 px, of ipx": LIMIT_OF_IPX,
  "cold render, 6 MP PNG to 512 px, of ipx": LIMIT_OF_IPX,
  "cold render, 6 MP WebP to 512 px, of ipx": LIMIT_OF_IPX,
  "cold render, 6 MP AVIF to 512 px, of ipx":
    "Out of reach with the same bytes, and less than it seems: ipx works on eight at a time, which end together, so that counting between the first and the last answer flatters it. By what is in flight and the median of latencies it renders 2.25 a second, we 2.31.",
  "cold render, 800 px JPEG to 200 px, of ipx":
    "Out of reach with the same bytes: raw sharp, which does nothing else, is itself only about 1.1 times as fast as ipx with a process per core. Both spend nearly all their time in libvips. ipx decodes in its HTTP processes and keeps nothing; we pass each render to a process that can be killed and keep its result in a file, which takes the rest.",
  "cold render, 800 px JPEG to 200 px, of raw sharp":
    "Between 0.77 and 0.9 as far as this machine can tell, as the load and the HTTP process have the same two cores. Of the CPU time of such a render, sharp takes 77 %, the HTTP process 17 %, and planning, sealing and messages in the render process 6 %. A warm HTTP process takes a quarter as long for planning as in its first 300 renders, so that the ratio rises with the length of a run.",
  "goodput under overload":
    "At the mark as far as this machine can tell: 0.895, 0.901, 0.899 and 0.876 in four runs. Refusing nine of ten requests takes about 7 % of the processors, making them 3 %.",
  "ProgImage on S3, of bare PUTs":
    "Out of reach where uploads are checked: each picture is decoded before it is stored, and two cores that do nothing else check about 700 a second, while the S3 server, in memory on the same two cores, takes 1,500 to 2,000 bare PUTs. Of a loop that checks the same and then PUTs it is 0.9.",
  "files, put by our store, of bare PUTs":
    "The bare side holds its bytes in memory. This side writes a file, looks at it, reads it, hashes it (MD5, for S3 to compare), bounds the time of the request, and removes the file: about a millisecond more of two cores that the S3 server wants as well. Against a service elsewhere that is lost in the time of one trip.",
  "growth of a process over 100000 mixed renders":
    "It takes about 40,000 renders, not 10,000, until the heaps have settled. From then on the HTTP process grows by -0.38 MB per 10,000 and the others by 0.02, 0.75, 0.11, -0.01; it ended with 125 MB after 139 MB at its most.",
};

/** Returns the recorded reason for a result that missed its target, if there is one. */
export function reasonFor(name: string, reasons = REASONS): string | undefined {
  return Object.entries(reasons).find(([start]) => name.startsWith(start))?.[1];
}
