import { describe, expect, test } from "bun:test";
import {
  type EncodeSettings,
  FORMATS,
  outputFacts,
  type OutputFormat,
  QUALITY_TARGETS,
  targetSettings,
} from "@progimage/core/plugin";
import {
  createRegistry,
  OUTPUT_FORMATS,
  parseJsonRecipe,
  parseUrlRecipe,
  predictRecipe,
} from "@progimage/core/testing";
import { DEFAULT_LIMITS } from "@progimage/core";
import { compress } from "./compress.ts";
import plugin from "./mod.ts";

const registry = createRegistry([plugin]);
const source = {
  format: "png",
  width: 90,
  height: 60,
  pages: 1,
  hasAlpha: false,
  orientation: 1,
  colorSpace: "srgb",
} as const;

function predict(query: string, format: OutputFormat) {
  const { steps } = parseUrlRecipe(query, registry);
  return predictRecipe({ steps, format }, source, registry, DEFAULT_LIMITS);
}

function settings(query: string, format: OutputFormat): EncodeSettings {
  return predict(query, format).encode;
}

describe("compress", () => {
  test("changes only the given settings", () => {
    for (const format of OUTPUT_FORMATS) expect(settings("compress", format)).toEqual({});
    expect(settings("compress=70", "jpeg")).toEqual({ quality: 70 });
  });

  test("prefers the quality of a format to that of all", () => {
    const query = "compress=80,webp:70,avif:50";
    const qualities = OUTPUT_FORMATS.map((format) => settings(query, format).quality);
    expect(Object.fromEntries(OUTPUT_FORMATS.map((format, index) => [format, qualities[index]]))).toEqual({
      jpeg: 80,
      png: 80,
      webp: 70,
      avif: 50,
      gif: 80,
      tiff: 80,
    });
    expect(settings("compress=target:high,avif:40", "avif")).toEqual({
      ...targetSettings("avif", "high"),
      quality: 40,
    });
  });

  test("passes on all given settings", () => {
    const query = "compress=70,effort:2,chroma:444,progressive,maxBytes:5000,colorSpace:keep,metadata:all";
    expect(settings(query, "jpeg")).toEqual({
      quality: 70,
      effort: 2,
      chroma: "444",
      progressive: true,
      maxBytes: 5000,
      colorSpace: "keep",
      metadata: "all",
    });
    expect(settings("compress=colors:16,progressive:false", "png")).toEqual({
      colors: 16,
      progressive: false,
    });
  });

  test("takes the name of a flag alone, also at the beginning", () => {
    expect(settings("compress=lossless", "webp")).toEqual({ lossless: true });
    expect(settings("compress=progressive,quality:70", "jpeg")).toEqual({ progressive: true, quality: 70 });
  });

  test("takes the digits of chroma as a number too", () => {
    const [step] = parseJsonRecipe({ steps: [{ transform: "compress", chroma: 444 }] }, registry).steps;
    expect(step?.params["chroma"]).toBe("444");
  });

  test.each([
    ["compress=lossless:true", ["png", "webp", "avif", "tiff"]],
    ["compress=maxBytes:5000", ["jpeg", "webp", "avif"]],
    ["compress=colors:16", ["png", "gif"]],
    ["compress=chroma:420", ["jpeg", "webp", "avif"]],
    ["compress=chroma:444", ["jpeg", "png", "webp", "avif", "gif", "tiff"]],
    ["compress=progressive:true", ["jpeg", "png", "gif"]],
    ["compress=colorSpace:keep", ["jpeg", "png", "webp", "avif", "tiff"]],
    ["compress=metadata:copyright", ["jpeg", "png", "webp", "avif"]],
    ["compress=metadata:all", ["jpeg", "png", "webp", "avif"]],
  ])("%s is for %j and refused for others", (query, able) => {
    for (const format of OUTPUT_FORMATS) {
      if (able.includes(format)) expect(settings(query, format)).toBeObject();
      else {
        expect(() => settings(query, format)).toThrow(
          expect.objectContaining({ code: "invalid_parameter", message: expect.stringMatching(/can be$/) }),
        );
      }
    }
  });

  const titles = (isAble: (format: OutputFormat) => boolean) =>
    OUTPUT_FORMATS.filter(isAble).map((format) => FORMATS[format].title);
  const having = (setting: string) =>
    titles((each) => outputFacts(each).settings.some((name) => name === setting));
  test.each([
    ["maxBytes", having("maxBytes")],
    ["lossless", having("lossless")],
    ["colors", having("colors")],
    ["chroma", having("chroma")],
    ["progressive", having("progressive")],
    ["metadata", having("metadata")],
    ["colorSpace", titles((each) => outputFacts(each).holds16Bits)],
  ] as const)("the summary of %s names the formats that it is for: %j", (parameter, able) => {
    const { summary = "" } = compress.params[parameter] ?? {};
    expect(titles((format) => summary.includes(FORMATS[format].title))).toEqual(able);
  });

  test.each([
    "compress=70,target:high",
    "compress=target:high,lossless",
    "compress=maxBytes:5000,lossless",
    "compress=colors:16,lossless",
  ])("%s is a contradiction", (query) => {
    expect(() => parseUrlRecipe(query, registry)).toThrow(
      expect.objectContaining({ code: "invalid_parameter", message: expect.stringContaining("contradict") }),
    );
  });

  test.each(["compress=maxBytes:0", "compress=colors:1", "compress=colors:257", "compress=target:best"])(
    "%s is out of range",
    (query) => {
      expect(() => parseUrlRecipe(query, registry)).toThrow(
        expect.objectContaining({ code: "invalid_parameter" }),
      );
    },
  );

  test("takes the settings of a target, and lets other parameters override them", () => {
    for (const format of OUTPUT_FORMATS) {
      for (const target of QUALITY_TARGETS)
        expect(settings(`compress=target:${target}`, format)).toEqual(targetSettings(format, target));
    }
    expect(settings("compress=target:visually-lossless,chroma:420", "jpeg").chroma).toBe("420");
    expect(settings("compress=target:low,colors:200", "png").colors).toBe(200);
  });

  test("uses the target's quality as the highest if bytes are limited", () => {
    const { quality } = targetSettings("webp", "medium");
    expect(settings("compress=target:medium,maxBytes:5000", "webp")).toEqual({ quality, maxBytes: 5000 });
  });

  test("orders the qualities of targets", () => {
    for (const format of ["jpeg", "webp", "avif", "gif"] as const) {
      const qualities = QUALITY_TARGETS.map((target) => targetSettings(format, target).quality ?? Number.NaN);
      expect(qualities).toEqual([...new Set(qualities)].sort((one, other) => other - one));
    }
    for (const format of ["png", "tiff"] as const)
      expect(targetSettings(format, "visually-lossless")).toEqual({});
  });

  test("predicts a higher cost for limited bytes", () => {
    const cost = (query: string) => predict(query, "webp").cost;
    expect(cost("compress=70,maxBytes:5000")).toBeGreaterThan(cost("compress=70"));
  });
});
