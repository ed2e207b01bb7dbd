/** Returns the name, without extension, of the file that shows an example: its query in letters, digits, dots and hyphens. */
export function exampleFile(query: string): string {
  return query
    .replace(/[^A-Za-z0-9.]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80);
}
