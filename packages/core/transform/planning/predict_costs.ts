import { type CostFactors, predictCost, predictLeastCost } from "./predict_cost.ts";
import { predictMemory } from "./predict_memory.ts";

/** What a render will take. */
export interface PredictedCosts {
  /** How many milliseconds it takes one core, about. */
  readonly cost: number;
  /** How many milliseconds it takes one core at least, whatever the picture shows. */
  readonly leastCost: number;
  /** How many bytes of memory it takes, about. */
  readonly memory: number;
}

/** Predicts what a render will take, by which it is admitted. */
export function predictCosts(factors: CostFactors): PredictedCosts {
  return {
    cost: predictCost(factors),
    leastCost: predictLeastCost(factors),
    memory: predictMemory(factors),
  };
}
