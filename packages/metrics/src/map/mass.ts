/** Share of the mass that lies in the object; `null` without any mass. */
export function massInside(mass: ArrayLike<number>, object: Uint8Array): number | null {
  let [inside, all] = [0, 0]
  for (let p = 0; p < object.length; p++) {
    all += mass[p]!
    if (object[p] === 1) inside += mass[p]!
  }
  return all > 0 ? inside / all : null
}
