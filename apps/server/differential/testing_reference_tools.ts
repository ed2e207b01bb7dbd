import { join } from "node:path";

/** The programs of others that results are compared with. */
export type ToolName = "imagemagick" | "pillow" | "rsvg-convert" | "vipsthumbnail";

/** Converts a file to a PNG with the program of another project. */
export type ConvertByTool = (input: string, output: string, parameters: readonly string[]) => Promise<void>;

/** Converts to sRGB by LittleCMS, through the embedded profile. */
const PILLOW = `
import io, sys
from PIL import Image, ImageCms
image = Image.open(sys.argv[1])
source = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
ImageCms.profileToProfile(image.convert("RGB"), source, ImageCms.createProfile("sRGB"), renderingIntent=1).save(sys.argv[2])
`;

/** Returns the programs that this machine has. */
export async function findTools(): Promise<ReadonlyMap<ToolName, ConvertByTool>> {
  const found = new Map<ToolName, ConvertByTool>();
  const magick = await firstThatWorks(
    ["magick", "convert-im6.q16", "/usr/bin/convert", "convert"],
    "-version",
    "ImageMagick",
  );
  if (magick)
    found.set("imagemagick", (input, output, parameters) =>
      run([magick, input, ...parameters, `PNG32:${output}`]),
    );
  const vips = await firstThatWorks(["vipsthumbnail"], "--vips-version", "libvips");
  if (vips)
    found.set("vipsthumbnail", (input, output, parameters) =>
      run([vips, input, ...parameters, "-o", output]),
    );
  const rsvg = await firstThatWorks(["rsvg-convert"], "--version", "rsvg-convert");
  if (rsvg)
    found.set("rsvg-convert", (input, output, parameters) => run([rsvg, ...parameters, "-o", output, input]));
  for (const python of ["python3", "/usr/bin/python3"]) {
    if (!(await works([python, "-c", "from PIL import ImageCms; print('Pillow')"], "Pillow"))) continue;
    found.set("pillow", (input, output) => run([python, "-c", PILLOW, input, output]));
    break;
  }
  return found;
}

async function firstThatWorks(
  programs: readonly string[],
  flag: string,
  says: string,
): Promise<string | null> {
  for (const program of programs) if (await works([program, flag], says)) return program;
  return null;
}

/** Whether a command ends well and prints a word. A program may be another one of the same name. */
async function works([program = "", ...parameters]: readonly string[], word: string): Promise<boolean> {
  if (!Bun.which(program)) return false;
  const child = Bun.spawn([program, ...parameters], { stdio: ["ignore", "pipe", "ignore"] });
  const text = await new Response(child.stdout).text();
  return (await child.exited) === 0 && text.includes(word);
}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "ignore", "pipe"], cwd: join("/") });
  const text = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${text}`);
}
