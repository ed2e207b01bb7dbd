/** How often a process looks whether it has worked. It rests after one or two of these times without work. */
const LOOK_MILLISECONDS = 5_000;

/**
 * Calls a function once when work has ended for some seconds, and again after more work.
 *
 * @returns a function to call with each piece of work
 */
export function restWhenIdle(rest: () => void, milliseconds = LOOK_MILLISECONDS): () => void {
  let hasWorked = false;
  let isDue = true;
  const look = setInterval(() => {
    if (isDue && !hasWorked) rest();
    isDue = hasWorked;
    hasWorked = false;
  }, milliseconds);
  look.unref();
  return () => {
    hasWorked = true;
  };
}
