import { pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin, {
  examples: ["compress=lossless:true", "compress=40", "compress=effort:6", "compress=70,effort:0"],
});
