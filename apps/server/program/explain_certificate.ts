import { certificateFault, type CertificateFault } from "@progimage/core";

/** The cause of a failure, and the remedy for the operator. */
export interface Explanation {
  readonly reason: string;
  readonly remedy: string;
}

const EXPLANATIONS: Readonly<Record<CertificateFault, Explanation>> = {
  expired: {
    reason: "its certificate has expired",
    remedy: "renew it, or set the clock of this machine right",
  },
  not_yet_valid: {
    reason: "its certificate is not valid yet",
    remedy: "set the clock of this machine right",
  },
  other_host: {
    reason: "its certificate is for another host",
    remedy: "name the host as its certificate does",
  },
  unknown_authority: {
    reason: "this machine does not know the authority that has signed its certificate",
    remedy: "name a file with the certificate of that authority in NODE_EXTRA_CA_CERTS",
  },
  unusable: { reason: "its certificate cannot be used", remedy: "give it another one" },
};

/** Explains a certificate error by its code; `null` for any other error. */
export function explainCertificate(code: string): Explanation | null {
  const fault = certificateFault(code);
  return fault && EXPLANATIONS[fault];
}
