import { elfProgram } from "./elf-program.ts";

/**
 * A program of some 300 bytes that stands between a tool and the helm that it starts: it becomes helm where it is asked
 * for a template, and asks helm for nothing else. Kustomize up to 5.7 asks `version -c`, which Helm 4 does not know
 * though it makes its templates by the same words; the answer saves the start of a process for each chart besides.
 * Kustomize's `helm pull` ends here. Its source, for the GNU assembler:
 *
 * ```
 *   if argv[1] is missing: go to refuse
 *   if argv[1] begins with "version" and its end: write VERSION to 1; exit 0
 *   if argv[1] begins with "template": execve the path behind this program, argv, envp
 * refuse:
 *   write WORDS to 2; exit 1
 * ```
 */
const CODE: Readonly<Record<string, { machine: number; code: string }>> = {
  x64: {
    machine: 62,
    code: [
      // mov rsi,[rsp+16]; test rsi,rsi; jz refuse; mov rdx,[rsi]; movabs rax,"version\0"; cmp rdx,rax; je say
      "488b742410 4885f6 743d 488b16 48b876657273696f6e00 4839c2 7443",
      // movabs rax,"template"; cmp rdx,rax; jne refuse; lea rdi,[path]; lea rsi,[rsp+8]; mov rax,[rsp]
      "48b874656d706c617465 4839c2 751c 488d3d79000000 488d742408 488b0424",
      // lea rdx,[rsp+rax*8+16]; mov eax,59; syscall
      "488d54c410 b83b000000 0f05",
      // refuse: mov edi,2; lea rsi,[words]; mov edx,36; mov ebx,1; jmp put
      "bf02000000 488d3534000000 ba24000000 bb01000000 eb13",
      // say: mov edi,1; lea rsi,[version]; mov edx,5; xor ebx,ebx
      "bf01000000 488d3517000000 ba05000000 31db",
      // put: mov eax,1; syscall; mov edi,ebx; mov eax,231; syscall
      "b801000000 0f05 89df b8e7000000 0f05",
    ].join(""),
  },
  arm64: {
    machine: 183,
    code: [
      // ldr x9,[sp,#16]; cbz x9,refuse; ldr x10,[x9]; adr x11,texts; ldp x12,x13,[x11]; cmp x10,x12; b.eq say
      "e90b40f9 e90100b4 2a0140f9 6b030010 6c3540a9 5f010ceb e0010054",
      // cmp x10,x13; b.ne refuse; adr x0,path; add x1,sp,#8; ldr x2,[sp]; add x2,x1,x2,lsl #3; add x2,x2,#8
      "5f010deb 01010054 60040030 e1230091 e20340f9 220c028b 42200091",
      // mov w8,#221; svc #0
      "a81b8052 010000d4",
      // refuse: mov w0,#2; adr x1,words; mov w2,#36; mov w19,#1; b put
      "40008052 41020030 82048052 33008052 05000014",
      // say: mov w0,#1; adr x1,version; mov w2,#5; mov w19,#0
      "20008052 81010010 a2008052 13008052",
      // put: mov w8,#64; svc #0; mov w0,w19; mov w8,#94; svc #0; texts: "version\0template"
      "08088052 010000d4 e003132a c80b8052 010000d4 76657273696f6e00 74656d706c617465",
    ].join(""),
  },
};
/** Every kustomize takes it for one that it can work with; its length and that of the words are part of the code. */
const VERSION = "v3.0\n";
const WORDS = "helm renders here, it pulls nothing\n";

/** @param helm absolute @param arch `process.arch`; undefined where there is none for this kind of machine */
export function helmStandIn(helm: string, arch: string): Uint8Array | undefined {
  const known = CODE[arch];
  if (known === undefined) return undefined;
  const code = Buffer.from(known.code.replaceAll(" ", ""), "hex");
  return elfProgram(known.machine, Buffer.concat([code, Buffer.from(`${VERSION}${WORDS}${helm}\0`)]));
}
