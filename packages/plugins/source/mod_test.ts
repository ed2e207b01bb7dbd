import { pluginContract } from "@progimage/core/testing";
import plugin from "./mod.ts";

pluginContract(plugin);
