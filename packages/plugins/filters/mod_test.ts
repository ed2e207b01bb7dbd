import { goldenContract, pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin);
goldenContract(plugin, { folder: new URL("golden/", import.meta.url) });
