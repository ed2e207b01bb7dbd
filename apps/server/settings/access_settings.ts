import { addressRanges } from "./setting.ts";

/** Who may do what, and how much. */
export const ACCESS_SETTINGS = {
  trustedProxies: addressRanges(
    "PROGIMAGE_TRUSTED_PROXIES",
    "loopback",
    "Proxies whose X-Forwarded-For or Forwarded is believed, by commas: 10.0.0.5, 2001:db8::/32, loopback for this machine, private for internal networks; none for no proxy",
  ),
};
