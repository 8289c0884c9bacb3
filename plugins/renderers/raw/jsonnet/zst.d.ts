declare module "*.zst" {
  /** Path of the file, inside the compiled binary too. */
  const path: string;
  export default path;
}
