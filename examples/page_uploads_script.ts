import { ProgImageError, uploadTo } from "../packages/client/mod.ts";

const input = document.querySelector("input");
const output = document.querySelector("output");
if (!input || !output) throw new Error("Cannot find the input and the output of the page");

input.addEventListener("change", async () => {
  const [photo] = input.files ?? [];
  if (!photo) return;
  output.textContent = `Sending ${photo.name} …`;
  try {
    const token = await (await fetch("/token", { method: "POST" })).text();
    const { id, width, height } = await uploadTo(token, photo, { name: photo.name });
    const picture = new Image();
    picture.src = await (await fetch(`/pictures/${id}`)).text();
    output.replaceChildren(`${photo.name}: ${width} × ${height}`, picture);
  } catch (error) {
    output.textContent = error instanceof ProgImageError ? error.message : String(error);
  }
});
