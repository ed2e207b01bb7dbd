import { type CostFactors, predictCost, predictLeastCost } from "./predict_cost.ts";
import { predictMemory } from "./predict_memory.ts";

/** The predicted time and memory of a render. */
export interface PredictedCosts {
  /** The approximate milliseconds that it takes on one core. */
  readonly cost: number;
  /** The least milliseconds that it takes on one core for any picture. */
  readonly leastCost: number;
  /** The approximate bytes of memory that it takes. */
  readonly memory: number;
}

/** Predicts the time and memory of a render, which decide whether it is admitted. */
export function predictCosts(factors: CostFactors): PredictedCosts {
  return {
    cost: predictCost(factors),
    leastCost: predictLeastCost(factors),
    memory: predictMemory(factors),
  };
}
