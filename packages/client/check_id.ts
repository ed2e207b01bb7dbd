/** What is no id could lead elsewhere once it is in a path: `..`, or nothing. */
const ID_REGEXP = /^[0-9A-Za-z_-]+$/;

/** Gives an id that can be a part of a path. @throws {TypeError} for what cannot */
export function checkId(id: string): string {
  if (!ID_REGEXP.test(id)) throw new TypeError(`Cannot use ${JSON.stringify(id)} as an id`);
  return id;
}
