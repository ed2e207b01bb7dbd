import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Socket } from "node:net";
import { isProgImageError } from "../error.ts";
import type { RemoteFetcherOptions } from "./remote_fetcher.ts";
import { testCertificate } from "./testing_certificate.ts";
import { testFetcher } from "./testing_fetcher.ts";
import { rawServer } from "./testing_raw_server.ts";

/** Fetches once. Returns the code and message of the error. */
async function refusal(
  url: string,
  options: Omit<RemoteFetcherOptions, "spool"> = {},
): Promise<readonly string[]> {
  await using remote = await testFetcher(options);
  try {
    await remote.fetcher.fetch(url);
  } catch (error) {
    if (isProgImageError(error)) return [error.code, error.message];
    throw error;
  }
  return [];
}

function hello(socket: Socket): void {
  socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

function redirect(location: string): (socket: Socket) => void {
  return (socket) => socket.end(`HTTP/1.1 302 Go\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
}

/** A name server that returns the given answers in turn, then repeats the last one. */
function resolver(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve = async (hostname: string) => {
    asked.push(hostname);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [];
  };
  return { asked, resolve };
}

describe("RemoteFetcher.fetch() refuses", () => {
  const SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
    "１２７.0.0.1",
    "127.0.0.1.",
  ];
  SPELLINGS.push(
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "0",
    "0.0.0.0",
    "[::]",
  );
  for (const host of SPELLINGS) {
    test(`loopback as ${host}, without a connection`, async () => {
      await using server = await rawServer(hello);
      const [code] = await refusal(`http://${host}:${server.port}/`);
      expect(code).toBe("source_refused");
      expect(server.requests).toEqual([]);
    });
  }

  test("localhost by the answer of the system", async () => {
    await using server = await rawServer(hello);
    const [code] = await refusal(`http://localhost:${server.port}/`, { resolve: undefined });
    expect(code).toBe("source_refused");
    expect(server.requests).toEqual([]);
  });

  const PLACES = [
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
  ];
  for (const host of PLACES) {
    test(`${host}`, async () => {
      expect((await refusal(`http://${host}/latest/meta-data/`))[0]).toBe("source_refused");
    });
  }

  test("a name with one bad address among good ones", async () => {
    for (const bad of ["10.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1", "no address"]) {
      const { resolve } = resolver(["93.184.215.14", bad, "2606:4700::1111"]);
      expect((await refusal("http://images.test/", { resolve }))[0]).toBe("source_refused");
    }
  });

  test("a private name, without revealing its addresses", async () => {
    const { resolve } = resolver(["10.11.12.13"]);
    expect(await refusal("http://user-db.internal:8080/", { resolve })).toEqual([
      "source_refused",
      "Cannot fetch from user-db.internal:8080 as its address must be public: it is in a private or reserved network",
    ]);
  });

  test("cloud metadata even behind a name that the operator trusts", async () => {
    for (const address of [
      "169.254.169.254",
      "fd00:ec2::254",
      "168.63.129.16",
      "100.100.100.200",
      "0.0.0.0",
    ]) {
      const { resolve } = resolver([address]);
      expect((await refusal("http://a.trusted.test/", { resolve, allowHosts: ["*.trusted.test"] }))[0]).toBe(
        "source_refused",
      );
    }
  });

  const ODD = [
    "file:///etc/passwd",
    "ftp://example.com/a.png",
    "data:image/png;base64,AAAA",
    "gopher://example.com:70/",
    "javascript:1",
  ];
  for (const url of [
    ...ODD,
    "blob:http://example.com/1",
    "unix:/var/run/docker.sock",
    "HTTPX://example.com",
    "about:blank",
  ]) {
    test(`${url}, which is not http`, async () => {
      expect((await refusal(url))[0]).toBe("source_refused");
    });
  }

  test("user and password in a URL, and repeats neither", async () => {
    for (const url of [
      "http://user@example.com/",
      "https://u:secret@example.com/",
      "http://:secret@example.com/",
    ]) {
      const [code, message = ""] = await refusal(url);
      expect(code).toBe("source_refused");
      expect(message).toBe(
        "Cannot fetch from example.com as its URL must be without user and password: it has some",
      );
    }
  });

  test("ports of other protocols, except on a listed host", async () => {
    for (const port of [22, 25, 53, 110, 6000, 6667]) {
      expect((await refusal(`http://example.com:${port}/`))[1]).toContain("its port must be one for HTTP");
    }
    const [code] = await refusal("http://images.test:25/", { allowHosts: ["images.test:25"] });
    expect(code).toBe("source_unreachable");
  });

  test("texts that are not URLs", async () => {
    const urls = [
      "",
      " ",
      "photo.jpg",
      "//example.com/a.png",
      "http://",
      "http://[::1",
      "http://a b/",
      "http://1.2.3.4.5/",
      "http://a:99999/",
    ];
    for (const url of [...urls, `https://example.com/${"a".repeat(8_192)}`]) {
      expect((await refusal(url))[0]).toBe("invalid_parameter");
    }
  });
});

describe("RemoteFetcher.fetch() of names whose addresses change", () => {
  test("connects to the address that was checked, and asks for it once", async () => {
    await using checked = await rawServer(hello);
    const { asked, resolve } = resolver(["127.0.0.1"], ["169.254.169.254"]);
    await using remote = await testFetcher({ resolve, allowHosts: ["images.test"] });
    await using file = await remote.fetcher.fetch(`http://images.test:${checked.port}/`);
    expect(file.bytes).toBe(5);
    expect(asked).toEqual(["images.test"]);
    expect(checked.requests[0]?.toLowerCase()).toContain(`host: images.test:${checked.port}\r\n`);
  });

  test("checks anew for each redirect, also to the same name", async () => {
    await using server = await rawServer(redirect("/again"));
    const { asked, resolve } = resolver(["127.0.0.1"], ["169.254.169.254"]);
    const url = `http://images.test:${server.port}/`;
    const [code, message] = await refusal(url, { resolve, allowHosts: ["images.test"] });
    expect([code, asked]).toEqual(["source_refused", ["images.test", "images.test"]]);
    expect(message).toStartWith(`Cannot fetch from a redirect of images.test:${server.port} as `);
    expect(server.requests).toHaveLength(1);
  });
});

describe("RemoteFetcher.fetch() does not follow a redirect to", () => {
  const TARGETS = [
    "http://127.0.0.2/",
    "http://169.254.169.254/latest/",
    "http://[::1]/",
    "//10.0.0.1/",
    "http://inner.test/",
  ];
  for (const target of [
    ...TARGETS,
    "file:///etc/passwd",
    "ftp://a.test/",
    "http://u:p@images.test/",
    "http://images.test:22/",
  ]) {
    test(`${target}`, async () => {
      await using server = await rawServer(redirect(target));
      const resolve = async (name: string) => [name === "images.test" ? "127.0.0.1" : "10.9.8.7"];
      const allowHosts = [`images.test:${server.port}`];
      const [code, message] = await refusal(`http://images.test:${server.port}/`, { resolve, allowHosts });
      expect(code).toBe("source_refused");
      expect(message).not.toMatch(/inner|10\.|127\.|169\.|passwd/);
    });
  }

  test("a listed host at another port", async () => {
    await using other = await rawServer(hello);
    await using server = await rawServer(redirect(`http://127.0.0.1:${other.port}/`));
    const [code] = await refusal(`http://127.0.0.1:${server.port}/`, {
      allowHosts: [`127.0.0.1:${server.port}`],
    });
    expect([code, other.requests.length]).toEqual(["source_refused", 0]);
  });
});

describe("RemoteFetcher.fetch() over TLS", () => {
  const certificate = testCertificate("images.test");
  const { resolve } = resolver(["127.0.0.1"]);
  const allowHosts = ["images.test", "other.test", "127.0.0.1"];
  const authorities = certificate.cert;

  test("takes a certificate for the name from an authority that it trusts", async () => {
    await using server = await rawServer(hello, { tls: certificate });
    await using remote = await testFetcher({ resolve, allowHosts, authorities });
    await using file = await remote.fetcher.fetch(`https://images.test:${server.port}/`);
    expect(file.bytes).toBe(5);
  });

  test("refuses a self-signed certificate and one for another name", async () => {
    await using server = await rawServer(hello, { tls: certificate });
    const cases = [
      ["images.test", undefined],
      ["other.test", authorities],
      ["127.0.0.1", authorities],
    ] as const;
    for (const [name, trusted] of cases) {
      const url = `https://${name}:${server.port}/`;
      expect(await refusal(url, { resolve, allowHosts, authorities: trusted })).toEqual([
        "source_unreachable",
        `Cannot fetch from ${name}:${server.port} as its certificate must be valid for its name: it is not`,
      ]);
    }
    expect(server.requests).toEqual([]);
  });

  test("checks certificates even if the environment turns it off", async () => {
    await using server = await rawServer(hello, { tls: certificate });
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      const [code] = await refusal(`https://images.test:${server.port}/`, { resolve, allowHosts });
      expect(code).toBe("source_unreachable");
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
    expect(server.requests).toEqual([]);
  });

  test("refuses a redirect to http", async () => {
    await using plain = await rawServer(hello);
    await using server = await rawServer(redirect(`http://127.0.0.1:${plain.port}/`), { tls: certificate });
    const options = { resolve, allowHosts, authorities };
    const [code, message] = await refusal(`https://images.test:${server.port}/`, options);
    expect([code, plain.requests.length]).toEqual(["source_refused", 0]);
    expect(message).toContain("it redirects to http");
  });
});

describe("RemoteFetcher.fetch() of arbitrary URLs", () => {
  /** Names resolve to nothing or to private addresses, and reachable literal addresses are left out, so no requests are sent. */
  async function failsPolitely(url: string): Promise<void> {
    if (/^\[?[\d:.a-f]+\]?$/.test(URL.parse(url)?.hostname ?? "x")) return;
    const [code] = await refusal(url, { resolve: async (name) => (name.length % 2 ? ["10.0.0.1"] : []) });
    expect(["invalid_parameter", "source_refused", "source_unreachable"]).toContain(code ?? "nothing");
  }

  test("refuses every text with a known error", async () => {
    const text = fc.string({ unit: "binary", maxLength: 100 });
    await fc.assert(fc.asyncProperty(text, failsPolitely));
    await fc.assert(fc.asyncProperty(text, (rest) => failsPolitely(`http://${rest}`)));
    await fc.assert(
      fc.asyncProperty(fc.webUrl({ withFragments: true, withQueryParameters: true }), failsPolitely),
    );
  });

  test("refuses every address of loopback in every spelling", async () => {
    const byte = fc.nat({ max: 255 });
    const write = (value: number, base: number) =>
      base === 16 ? `0x${value.toString(16)}` : base === 8 ? `0${value.toString(8)}` : `${value}`;
    const base = fc.constantFrom(8, 10, 16);
    const spelling = fc
      .tuple(byte, byte, byte, fc.tuple(base, base, base, base), fc.nat({ max: 3 }))
      .map(([b, c, d, bases, joined]) => {
        const parts = [127, b, c, d];
        const last = parts.slice(3 - joined).reduce((sum, part) => sum * 256 + part, 0);
        return [...parts.slice(0, 3 - joined), last]
          .map((part, index) => write(part, bases[index] ?? 10))
          .join(".");
      });
    await fc.assert(
      fc.asyncProperty(spelling, async (host) => {
        expect((await refusal(`http://${host}/`))[0]).toBe("source_refused");
      }),
    );
  });
});
