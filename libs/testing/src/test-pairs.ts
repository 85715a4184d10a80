/** A certificate and its key, both PEM. */
export interface TestPair {
  readonly cert: string;
  readonly key: string;
}

/** Pairs for tests: their keys are no secrets. */
export const TEST_PAIRS = {
  /** For `localhost`, `share.example` and 127.0.0.1, and valid for a century. */
  localhost: {
    cert: `-----BEGIN CERTIFICATE-----
MIIBSzCB86ADAgECAgg7JFTHmkWlYzAKBggqhkjOPQQDAjAUMRIwEAYDVQQDEwls
b2NhbGhvc3QwIBcNMjQwMTAxMDAwMDAwWhgPMjEyNDAxMDEwMDAwMDBaMBQxEjAQ
BgNVBAMTCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEWlfFu0
RwklPd9MnUyTGPP7svE6jvplJkzCj67aZkcpus0P7rLD8gn//lPHfJ0506o/hCXr
KwV8ALFxlt+WloujLTArMCkGA1UdEQQiMCCCCWxvY2FsaG9zdIINc2hhcmUuZXhh
bXBsZYcEfwAAATAKBggqhkjOPQQDAgNHADBEAiAMqPkCcn3P7AVFE2vur7CdZk9n
wFG509lAR1fcH/85rwIgTzkso1bPsabOXCx7+sQl7Z+4CzLGShiPNI2UW1S1AQ4=
-----END CERTIFICATE-----
`,
    key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvkrzZz7YXJgonHTQ
ssmoLP60G2JJo4Fsv4iQMDV+eMuhRANCAARFpXxbtEcJJT3fTJ1Mkxjz+7LxOo76
ZSZMwo+u2mZHKbrND+6yw/IJ//5Tx3ydOdOqP4Ql6ysFfACxcZbflpaL
-----END PRIVATE KEY-----
`,
  },
  /** For the same names, by another key, and valid for longer. */
  renewed: {
    cert: `-----BEGIN CERTIFICATE-----
MIIBTTCB86ADAgECAggSSpL+OEWuUDAKBggqhkjOPQQDAjAUMRIwEAYDVQQDEwls
b2NhbGhvc3QwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBQxEjAQ
BgNVBAMTCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMsaG90E
e6mz42x09aE70bsr1pfpWHRvtO6DiTaijzn1Pb/fzSbuBvyLBtSt0DIWxjxNQWm8
J6t5BdG2blp3vUGjLTArMCkGA1UdEQQiMCCCCWxvY2FsaG9zdIINc2hhcmUuZXhh
bXBsZYcEfwAAATAKBggqhkjOPQQDAgNJADBGAiEAziaBxpHK8ZYSzJnDoueYlzMP
riUvtyWtkHIOdnvjwK0CIQD2s5VoKxIn5+R66x3ApVLqUr5dpU/Nt5oNOiS2marL
Cw==
-----END CERTIFICATE-----
`,
    key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQga6lWlAgYVFtwlCdw
khIsKfJMIpEjD6GnncBS4SwNTHehRANCAATLGhvdBHups+NsdPWhO9G7K9aX6Vh0
b7Tug4k2oo859T2/380m7gb8iwbUrdAyFsY8TUFpvCereQXRtm5ad71B
-----END PRIVATE KEY-----
`,
  },
  /** For `localhost`, and expired since 2025. */
  expired: {
    cert: `-----BEGIN CERTIFICATE-----
MIIBNDCB3KADAgECAggZffdPgNvWRDAKBggqhkjOPQQDAjAUMRIwEAYDVQQDEwls
b2NhbGhvc3QwHhcNMjQwMTAxMDAwMDAwWhcNMjUwMTAxMDAwMDAwWjAUMRIwEAYD
VQQDEwlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASN3KbHiCR/
NeNW3bCI1Mql5MSWJIuF4OY2gp0RVqQCEfY644uRjeoXf0fpsVQBkm8WfNpKjcDn
e95upOBN2d0DoxgwFjAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgO2Sam0hdFdFV3NIclcInYKFDLNPKZy51325I0SyVCk4CIDmUyicZdv2L
/k3+LQA6hx8lV9D8Ho7sBTC0i4M4nr2B
-----END CERTIFICATE-----
`,
    key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXXfsBSQC4NBb1r9/
apVwQz08lirlXStD/zpMz12BIEihRANCAASN3KbHiCR/NeNW3bCI1Mql5MSWJIuF
4OY2gp0RVqQCEfY644uRjeoXf0fpsVQBkm8WfNpKjcDne95upOBN2d0D
-----END PRIVATE KEY-----
`,
  },
} as const satisfies Readonly<Record<string, TestPair>>;
