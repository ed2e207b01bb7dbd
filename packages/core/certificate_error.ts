/** The fault of a certificate that a service presented. */
export type CertificateFault = "expired" | "not_yet_valid" | "other_host" | "unknown_authority" | "unusable";

/** Faults by OpenSSL code, which Bun passes on. @see https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/ */
const FAULTS: ReadonlyMap<unknown, CertificateFault> = new Map<string, CertificateFault>([
  ["CERT_HAS_EXPIRED", "expired"],
  ["CERT_NOT_YET_VALID", "not_yet_valid"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "other_host"],
  ["HOSTNAME_MISMATCH", "other_host"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "unknown_authority"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "unknown_authority"],
  ["UNABLE_TO_GET_ISSUER_CERT", "unknown_authority"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unknown_authority"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unknown_authority"],
  ["CERT_CHAIN_TOO_LONG", "unusable"],
  ["CERT_REJECTED", "unusable"],
  ["CERT_REVOKED", "unusable"],
  ["CERT_SIGNATURE_FAILURE", "unusable"],
  ["CERT_UNTRUSTED", "unusable"],
  ["INVALID_CA", "unusable"],
  ["INVALID_PURPOSE", "unusable"],
]);

/** Returns the certificate fault for an error code, or `null` if the code does not concern a certificate. */
export function certificateFault(code: unknown): CertificateFault | null {
  return FAULTS.get(code) ?? null;
}
