import { pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin, {
  examples: [
    "compress=lossless:true",
    "compress=40",
    "compress=effort:6",
    "compress=70,effort:0",
    "compress=maxBytes:30000",
    "compress=target:visually-lossless",
    "compress=target:low,maxBytes:100000",
    "compress=colors:16",
    "compress=chroma:444",
    "compress=50,chroma:420,progressive:false",
    "compress=progressive:true",
    "compress=colorSpace:keep",
    "compress=colorSpace:keep,metadata:all",
    "compress=metadata:copyright",
  ],
});
