import { expect, test } from "bun:test";
import { join } from "node:path";
import { negotiateFormat } from "../apps/server/answer/negotiate_format.ts";

const CONFIGURATION = join(import.meta.dir, "nginx.conf");

const HEADERS = [
  "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  "image/webp,image/avif,image/jxl,image/heic,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
  "image/webp,*/*",
  "IMAGE/WEBP , image/avif;q=0.2, image/jpeg",
  "image/avif;q=0,image/webp",
  "image/avif,image/webp;q=0.9",
  "image/webp;q=0.1,image/jpeg",
  "image/png",
  "*/*",
  "",
];

test("nginx.conf gives nodes a class of the Accept header that leads to the same format", async () => {
  const text = await Bun.file(CONFIGURATION).text();
  const [, map = ""] = text.split("map $http_accept $accept_class {");
  const [lines = ""] = map.split("\n  }");
  const rules = [...lines.matchAll(/"~\*(.*)" "(.*)";/g)].map(
    ([, regexp = "", value = ""]) => [new RegExp(regexp, "i"), value] as const,
  );
  const classOf = (header: string) => rules.find(([regexp]) => regexp.test(header))?.[1] ?? header;
  expect(new Set(HEADERS.slice(0, 3).map(classOf))).toEqual(new Set(["image/avif,image/webp"]));
  const images = [
    { format: "jpeg", hasAlpha: false, pages: 1 },
    { format: "png", hasAlpha: true, pages: 1 },
    { format: "gif", hasAlpha: true, pages: 9 },
  ] as const;
  for (const header of HEADERS)
    for (const image of images)
      for (const width of [100, 5_000]) {
        const options = { size: { width, height: 1_000 }, usual: "jpeg" } as const;
        const expected = negotiateFormat(header, image, options);
        expect([header, negotiateFormat(classOf(header), image, options)]).toEqual([header, expected]);
      }
});

test("nginx.conf tells nodes the client's address wherever it tells them the host, and passes no other word on", async () => {
  const lines = (await Bun.file(CONFIGURATION).text()).split("\n").map((line) => line.trim());
  const count = (regexp: RegExp) => lines.filter((line) => regexp.test(line)).length;
  const hosts = count(/^proxy_set_header Host /);
  expect(hosts).toBeGreaterThan(1);
  expect(
    count(/^proxy_set_header X-Forwarded-For \$(?:proxy_add_x_forwarded_for|http_x_forwarded_for);$/),
  ).toBe(hosts);
  expect(count(/^proxy_set_header Forwarded "";$/)).toBe(hosts);
});
