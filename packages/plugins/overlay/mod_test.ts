import { goldenContract, pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

const QUERIES = [
  "text=שלום עולם! 😀,size:28,gravity:northeast,outline:1.5,color:ffba08",
  "text=Ελλάδα Россия ½ ★ ✓ 1️⃣ 👩🏽‍🚀,size:22,align:left,gravity:west,width:150,lineHeight:1.5,font:serif,box,boxColor:fff8,color:1d3557",
  "text=Hollow,size:56,weight:bold,color:fff4,outline:3,outlineColor:d62839,gravity:center,angle:20",
  "text=SAMPLE,size:40,font:mono,weight:bold,opacity:0.4,angle:-90,gravity:east,box",
  "watermark=@logo,gravity:north,angle:15,blend:screen",
  "watermark=@logo,gravity:center,scale:1,blend:hard-light,opacity:0.7",
];

pluginContract(plugin, { examples: QUERIES });
goldenContract(plugin, { folder: new URL("golden/", import.meta.url), examples: QUERIES });
