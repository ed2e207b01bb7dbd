import type { Ports } from "./ports.ts";

/**
 * Frees what was rendered of sources that nobody will ask for again. Whatever cannot be removed now is no failure: it is found
 * by nobody, and goes when room is made or when storage is swept.
 */
export async function forgetDerivatives(
  ports: Pick<Ports, "derivatives">,
  sources: Iterable<string>,
): Promise<void> {
  await ports.derivatives.forget([...sources]).catch(() => 0);
}
