import { pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin, {
  examples: [
    "resize=31x",
    "resize=31x31,fit:cover",
    "resize=31x31,fit:cover,gravity:attention",
    "resize=31x31,fit:cover,gravity:entropy",
    "resize=50x50,fit:contain,background:rebeccapurple",
    "resize=300x300,fit:contain",
    "resize=300x20,fit:fill,enlarge",
    "crop=20x10",
    "crop=20x10,gravity:attention",
    "crop=x:-5,y:3,width:20,height:10",
    "rotate=90",
    "rotate=180",
    "rotate=-33.3,background:80f0",
  ],
});
