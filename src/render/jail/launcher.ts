import { makeProgramInMemory } from "../../lib/posix.ts";
import { elfProgram } from "./elf-program.ts";

/**
 * A program of some 200 bytes that makes the system calls of a `JailSteps` image, one after the other, the last of which
 * makes it the tool. Starting it takes less than a millisecond, where a process of this runtime takes twenty and more
 * before its first step. Its source, for the GNU assembler:
 *
 * ```
 *   open argv[1] (openat, O_CLOEXEC); map it, private and writable, at IMAGE_AT; step := IMAGE_AT; answer := 0
 * next:
 *   *step[0] := answer (32 bits)
 *   answer := syscall step[1] (step[2] … step[7])
 *   if answer is no error: step := step + 88; go to next
 *   if step[8] != 0: step := step[8]; go to next
 *   write the error as two letters, 'A' + high and low four bits, into the words at step[9] of length step[10], before
 *   their line feed; write them to 2; exit 125
 * ```
 */
const CODE: Readonly<Record<string, { machine: number; code: string }>> = {
  x64: {
    machine: 62,
    code: [
      // mov rsi,[rsp+16]; mov edi,-100; mov edx,0x80000; mov eax,257; syscall
      "488b742410 bf9cffffff ba00000800 b801010000 0f05",
      // mov r8,rax; mov rdi,0x1000000000; mov esi,0x800000; mov edx,3; mov r10d,0x12; xor r9d,r9d; mov eax,9; syscall
      "4989c0 48bf0000000010000000 be00008000 ba03000000 41ba12000000 4531c9 b809000000 0f05",
      // mov rbx,rdi; xor r12d,r12d; cmp rax,rbx; jne lost
      "4889fb 4531e4 4839d8 7573",
      // step: mov rax,[rbx]; mov [rax],r12d; mov rax,[rbx+8]; mov rdi,[rbx+16]; mov rsi,[rbx+24]
      "488b03 448920 488b4308 488b7b10 488b7318",
      // mov rdx,[rbx+32]; mov r10,[rbx+40]; mov r8,[rbx+48]; mov r9,[rbx+56]; syscall
      "488b5320 4c8b5328 4c8b4330 4c8b4b38 0f05",
      // mov r12,rax; cmp rax,-4095; jae failed; add rbx,88; jmp step
      "4989c4 483d01f0ffff 7306 4883c358 ebcb",
      // failed: mov rax,[rbx+64]; test rax,rax; jz end; mov rbx,rax; jmp step
      "488b4340 4885c0 7405 4889c3 ebbd",
      // end: mov rsi,[rbx+72]; mov rdx,[rbx+80]; neg r12d; mov eax,r12d; shr eax,4; add al,65; mov [rsi+rdx-3],al
      "488b7348 488b5350 41f7dc 4489e0 c1e804 0441 884416fd",
      // and r12b,15; add r12b,65; mov [rsi+rdx-2],r12b; mov edi,2; mov eax,1; syscall
      "4180e40f 4180c441 44886416fe bf02000000 b801000000 0f05",
      // lost: mov edi,125; mov eax,231; syscall
      "bf7d000000 b8e7000000 0f05",
    ].join(""),
  },
  arm64: {
    machine: 183,
    code: [
      // ldr x1,[sp,#16]; mov x0,#-100; mov w2,#0x80000; mov w8,#0x38; svc #0x0; mov x4,x0
      "e10b40f9 600c8092 0201a052 08078052 010000d4 e40300aa",
      // mov x0,#0x1000000000; mov w1,#0x800000; mov w2,#0x3; mov w3,#0x12; mov x5,#0x0; mov w8,#0xde
      "0002c0d2 0110a052 62008052 43028052 050080d2 c81b8052",
      // svc #0x0; mov x19,#0x1000000000; mov x20,#0x0; cmp x0,x19; b.ne lost
      "010000d4 1302c0d2 140080d2 1f0013eb a1030054",
      // step: ldr x9,[x19]; str w20,[x9]; ldp x8,x0,[x19,#8]; ldp x1,x2,[x19,#24]; ldp x3,x4,[x19,#40]; ldr x5,[x19,#56]
      "690240f9 340100b9 688240a9 618a41a9 639242a9 651e40f9",
      // svc #0x0; mov x20,x0; cmn x20,#0xfff; b.cs failed; add x19,x19,#0x58; b step
      "010000d4 f40300aa 9ffe3fb1 62000054 73620191 f5ffff17",
      // failed: ldr x9,[x19,#64]; cbz x9,end; mov x19,x9; b step
      "692240f9 690000b4 f30309aa f1ffff17",
      // end: ldp x1,x2,[x19,#72]; neg w20,w20; add x10,x1,x2; lsr w9,w20,#4; add w9,w9,#0x41; sturb w9,[x10,#-3]
      "618a44a9 f403144b 2a00028b 897e0453 29050111 49d11f38",
      // and w9,w20,#0xf; add w9,w9,#0x41; sturb w9,[x10,#-2]; mov w0,#0x2; mov w8,#0x40; svc #0x0
      "890e0012 29050111 49e11f38 40008052 08088052 010000d4",
      // lost: mov w0,#0x7d; mov w8,#0x5e; svc #0x0
      "a00f8052 c80b8052 010000d4",
    ].join(""),
  },
};

let made: string | undefined;

/**
 * Where this machine's launcher can be started: a file in memory, kept for as long as this process lives.
 * @throws {SystemCallError} where the kernel has no such files, or this kind of machine no launcher
 */
export function launcherPath(): string {
  made ??= makeProgramInMemory("holdfast-launcher", launcherFor(process.arch));
  return made;
}

/** @throws {Error} for an unknown architecture */
function launcherFor(arch: string): Uint8Array {
  const known = CODE[arch];
  if (known === undefined) throw new Error(`there is no launcher for ${arch}`);
  return elfProgram(known.machine, Buffer.from(known.code.replaceAll(" ", ""), "hex"));
}
