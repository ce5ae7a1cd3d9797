export function desCrypt(_raw: string, _setting: string): string | undefined {
  return undefined
}
