import { fromFile, ProgImage } from "../packages/client/mod.ts";

const client = new ProgImage({ baseUrl: "http://127.0.0.1:3000" });

const image = await client.images.upload(fromFile("tour/photo.svg"), { tags: ["tour"] });
console.log(image.id, image.width, image.height);

const thumbnail = client.image(image.id).resize({ width: 200 }).webp({ quality: 70 });
console.log(thumbnail.url());
console.log((await thumbnail.bytes()).length, "bytes");

for await (const { name } of client.images.list({ tag: "tour" })) console.log(name);

await client.images.delete(image.id);
