/** Gives the name of the file that shows an example, without extension: its query in letters, digits, points and hyphens. */
export function exampleFile(query: string): string {
  return query
    .replace(/[^A-Za-z0-9.]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80);
}
