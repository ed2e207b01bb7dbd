/** Returns the text that a server prints when it is ready: its URL, and commands for a newcomer to paste. */
export function welcome(url: string): string {
  return [
    `ProgImage is ready at ${url}`,
    "",
    `  Store an image     curl --data-binary @photo.jpg ${url}/images?name=photo.jpg`,
    `  Get it back        curl -O ${url}/images/{id}`,
    `  As WebP, smaller   curl -o photo.webp "${url}/images/{id}.webp?resize=800x600"`,
    `  Everything else    ${url}/swagger`,
    "",
  ].join("\n");
}
