import type { Scenario } from "./scenario.ts";
import { bulk } from "./scenarios/bulk.ts";
import { coldRenders } from "./scenarios/cold_render.ts";
import { diskHits } from "./scenarios/disk_hits.ts";
import { fsck } from "./scenarios/fsck.ts";
import { guardedHits } from "./scenarios/guarded_hits.ts";
import { hitsUnderAvif } from "./scenarios/hits_under_avif.ts";
import { hotHits } from "./scenarios/hot_hits.ts";
import { ingest } from "./scenarios/ingest.ts";
import { ingestGrowth } from "./scenarios/ingest_growth.ts";
import { ingestMemory } from "./scenarios/ingest_memory.ts";
import { ingestS3 } from "./scenarios/ingest_s3.ts";
import { largeOriginals } from "./scenarios/large_originals.ts";
import { longRun } from "./scenarios/long_run.ts";
import { maxBytes } from "./scenarios/max_bytes.ts";
import { millionRows } from "./scenarios/million_rows.ts";
import { overload } from "./scenarios/overload.ts";
import { parseRecipe } from "./scenarios/parse_recipe.ts";
import { planner } from "./scenarios/planner.ts";
import { randomWidths } from "./scenarios/random_widths.ts";
import { reuse } from "./scenarios/reuse.ts";
import { startUp } from "./scenarios/start_up.ts";
import { stampede } from "./scenarios/stampede.ts";
import { upload } from "./scenarios/upload.ts";

/** All scenarios, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  ...coldRenders,
  hotHits,
  guardedHits,
  diskHits,
  largeOriginals,
  hitsUnderAvif,
  stampede,
  overload,
  randomWidths,
  reuse,
  upload,
  ingest,
  bulk,
  millionRows,
  ingestMemory,
  ingestS3,
  startUp,
  maxBytes,
  parseRecipe,
  planner,
  longRun,
  ingestGrowth,
  fsck,
];

/** Returns the scenarios with these names, or without names all except those that run only by name. */
export function chooseScenarios(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return SCENARIOS.filter(({ onlyByName }) => !onlyByName);
  return names.map((name) => {
    const scenario = SCENARIOS.find((each) => each.name === name);
    if (scenario) return scenario;
    const known = SCENARIOS.map((each) => each.name).join(", ");
    throw new Error(`Cannot measure "${name}" as it must be one of ${known}`);
  });
}
