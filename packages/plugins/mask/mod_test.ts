import { goldenContract, pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

const examples = [
  "mask=circle,gravity:southwest,feather:6",
  "mask=ellipse",
  "mask=ellipse,angle:30,invert",
  "mask=rounded,radius:max,background:rebeccapurple",
  "mask=rounded,radius:10,topLeft:60,bottomRight:max",
  "mask=rounded,angle:15,feather:3,background:0a08",
  "mask=polygon",
  "mask=star",
  "mask=star,sides:12,inner:0.8,angle:5,trim",
  "mask=heart",
  "mask=heart,angle:-20,trim,feather:2",
  "mask=image:@mask,trim",
  "mask=image:@mask,invert,feather:5",
  "mask=image:@logo",
  "mask=image:@logo,fit:cover,gravity:west",
  "mask=image:@logo,fit:contain,gravity:south,channel:luma",
];

pluginContract(plugin, { examples });
goldenContract(plugin, { folder: new URL("golden/", import.meta.url), examples });
