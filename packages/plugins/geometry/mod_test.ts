import { goldenContract, pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin, {
  examples: [
    "resize=31x",
    "resize=31x31,fit:cover",
    "resize=31x31,fit:cover,gravity:attention",
    "resize=31x31,fit:cover,gravity:entropy",
    "resize=300x200,fit:cover,gravity:entropy,enlarge",
    "resize=50x50,fit:contain,background:rebeccapurple",
    "resize=300x300,fit:contain",
    "resize=300x20,fit:fill,enlarge",
    "crop=20x10",
    "crop=20x10,gravity:attention",
    "crop=aspect:3,gravity:entropy",
    "crop=x:-5,y:3,width:20,height:10",
    "crop=33.3pctx,x:12.5pct,aspect:1:2",
    "resize=25pctx",
    "resize=50pctx25pct,fit:cover",
    "rotate=90",
    "rotate=180",
    "rotate=auto",
    "rotate=-33.3,background:80f0",
    "pad=0",
    "pad=7,top:0,background:fa08",
    "pad=width:130,height:90,gravity:southeast,mode:blur",
    "pad=width:30,aspect:1:3,mode:repeat",
    "pad=200,mode:mirror",
    "pad=3,mode:copy",
    "trim=255",
    "trim=0,background:fa08",
    "pad=9&trim",
  ],
});

goldenContract(plugin, {
  folder: new URL("golden/", import.meta.url),
  examples: [
    "pad=30,mode:repeat",
    "pad=30,mode:copy",
    "pad=width:300,height:200,gravity:northwest",
    "crop=80x160&pad=aspect:16:9,mode:blur",
    "resize=100x200,fit:cover,gravity:attention,enlarge",
  ],
});
