import { choice, flag, hosts, integer, list, origins, pairs, text, url } from "./setting.ts";

/** Where the server listens, who may call it, what it loads and what it logs. */
export const SERVING_SETTINGS = {
  host: text(
    "PROGIMAGE_HOST",
    "127.0.0.1",
    "Address to listen on. Any address other than loopback also requires PROGIMAGE_ACCESS",
  ),
  port: integer("PROGIMAGE_PORT", 3000, "Port to listen on; 0 picks a free one and prints it", {
    max: 65_535,
  }),
  publicUrl: url(
    "PROGIMAGE_PUBLIC_URL",
    "URL under which callers reach the server, for links; may have a path",
  ),
  allowedHosts: hosts(
    "PROGIMAGE_ALLOWED_HOSTS",
    "Names under which callers may reach the server, besides localhost and that of the public URL, by commas: images.internal, *.example.com; * for all, which is the default with PROGIMAGE_ACCESS=keys",
  ),
  plugins: list(
    "PROGIMAGE_PLUGINS",
    "Plugins to load besides the built-in ones: package names or paths, by commas",
  ),
  pluginsDir: text("PROGIMAGE_PLUGINS_DIR", ".", "Folder from which plugins are resolved"),
  shortNames: pairs(
    "PROGIMAGE_SHORT_NAMES",
    "Names without a point for transforms of plugins, by commas: halftone=print.halftone",
  ),
  presets: text("PROGIMAGE_PRESETS", "", "JSON file of named recipes"),
  corsOrigins: origins(
    "PROGIMAGE_CORS_ORIGINS",
    "Origins whose pages may call the server, by commas: https://app.example.com; * lets all pages read, but none change anything",
  ),
  logLevel: choice(
    "PROGIMAGE_LOG_LEVEL",
    ["trace", "debug", "info", "warn", "error", "silent"],
    "info",
    "How much is logged",
  ),
  logFormat: choice(
    "PROGIMAGE_LOG_FORMAT",
    ["auto", "json", "pretty"],
    "auto",
    "How it is logged: auto is pretty in a terminal, else JSON",
  ),
  debug: flag(
    "PROGIMAGE_DEBUG",
    false,
    "Logs everything and tells callers the causes of errors: not for production",
  ),
  drainMs: integer("PROGIMAGE_DRAIN_MS", 10_000, "Time that requests have to finish when the server stops"),
  drainIdleMs: integer(
    "PROGIMAGE_DRAIN_IDLE_MS",
    1_000,
    "Time without a request after which a server that stops closes idle connections; 0 closes them at once",
  ),
};
