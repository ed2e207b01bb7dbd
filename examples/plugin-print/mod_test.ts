import { goldenContract, pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin, {
  examples: [
    "print.fade=0",
    "print.polaroid=0",
    "print.polaroid=0.5,background:0000",
    "print.halftone=2",
    "print.halftone=60,angle:-360,shape:diamond,background:0000",
    "print.halftone=12,image:@photo,invert",
  ],
});

goldenContract(plugin, {
  folder: new URL("golden/", import.meta.url),
  examples: [
    "print.halftone=6,shape:diamond,invert,color:ffd166,background:073b4c&print.polaroid",
    "print.halftone=12,background:0000",
  ],
});
