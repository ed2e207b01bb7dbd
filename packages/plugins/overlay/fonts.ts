import type { StepContext } from "@progimage/core/plugin";

/** The bundled families, by the values of the parameter. */
export const FONTS = ["sans", "serif", "mono"] as const;

export type Font = (typeof FONTS)[number];

export const WEIGHTS = ["regular", "bold"] as const;

export type Weight = (typeof WEIGHTS)[number];

/** The family that draws emoji in colour. */
export const EMOJI_FAMILY = "Noto Color Emoji";

const FAMILIES: Readonly<Record<Font, string>> = {
  sans: "Noto Sans",
  serif: "Noto Serif",
  mono: "Noto Sans Mono",
};

/** Families for characters that the chosen one lacks, in this order. The system's families follow. */
const FALLBACKS: readonly string[] = [
  "Noto Sans",
  "Noto Sans Arabic",
  "Noto Sans Hebrew",
  "Noto Sans Armenian",
  "Noto Sans Bengali",
  "Noto Sans Devanagari",
  "Noto Sans Georgian",
  "Noto Sans Tamil",
  "Noto Sans Thai",
  "Noto Sans Symbols 2",
  EMOJI_FAMILY,
];

/** All are from Google's Noto project, under the SIL Open Font License 1.1. */
const PACKAGE = "@expo-google-fonts";
const REGULAR: readonly string[] = [
  "noto-sans/400Regular/NotoSans_400Regular.ttf",
  "noto-serif/400Regular/NotoSerif_400Regular.ttf",
  "noto-sans-mono/400Regular/NotoSansMono_400Regular.ttf",
  "noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf",
  "noto-sans-hebrew/400Regular/NotoSansHebrew_400Regular.ttf",
  "noto-sans-armenian/400Regular/NotoSansArmenian_400Regular.ttf",
  "noto-sans-bengali/400Regular/NotoSansBengali_400Regular.ttf",
  "noto-sans-devanagari/400Regular/NotoSansDevanagari_400Regular.ttf",
  "noto-sans-georgian/400Regular/NotoSansGeorgian_400Regular.ttf",
  "noto-sans-tamil/400Regular/NotoSansTamil_400Regular.ttf",
  "noto-sans-thai/400Regular/NotoSansThai_400Regular.ttf",
  "noto-sans-symbols-2/400Regular/NotoSansSymbols2_400Regular.ttf",
  "noto-color-emoji/400Regular/NotoColorEmoji_400Regular.ttf",
];
const BOLD: readonly string[] = [
  "noto-sans/700Bold/NotoSans_700Bold.ttf",
  "noto-serif/700Bold/NotoSerif_700Bold.ttf",
  "noto-sans-mono/700Bold/NotoSansMono_700Bold.ttf",
  "noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf",
  "noto-sans-hebrew/700Bold/NotoSansHebrew_700Bold.ttf",
  "noto-sans-armenian/700Bold/NotoSansArmenian_700Bold.ttf",
  "noto-sans-bengali/700Bold/NotoSansBengali_700Bold.ttf",
  "noto-sans-devanagari/700Bold/NotoSansDevanagari_700Bold.ttf",
  "noto-sans-georgian/700Bold/NotoSansGeorgian_700Bold.ttf",
  "noto-sans-tamil/700Bold/NotoSansTamil_700Bold.ttf",
  "noto-sans-thai/700Bold/NotoSansThai_700Bold.ttf",
];

/** The paths of the bundled font files. */
export const BUNDLED_FONTS: readonly string[] = [...REGULAR, ...BOLD].map((path) =>
  Bun.fileURLToPath(import.meta.resolve(`${PACKAGE}/${path}`)),
);

/** Returns a font description for Pango. The size is in pixels, at 72 dots per inch. */
export function fontDescription(font: Font, weight: Weight, size: number): string {
  const families = [...new Set([FAMILIES[font], ...FALLBACKS])];
  return `${families.join(",")}, ${weight === "bold" ? "Bold " : ""}${size}`;
}

let loading: Promise<void> | undefined;

/** Registers the bundled fonts and those of the operator in this process. */
export async function loadFonts({ sharp, fonts }: Pick<StepContext, "fonts" | "sharp">): Promise<void> {
  await (loading ??= register([...BUNDLED_FONTS, ...fonts], sharp));
}

/** libvips registers a font file for the whole process when it first draws with it. */
async function register(files: readonly string[], sharp: StepContext["sharp"]): Promise<void> {
  for (const fontfile of files) {
    await sharp({ text: { text: ".", fontfile, dpi: 72 } })
      .raw()
      .toBuffer();
  }
}
