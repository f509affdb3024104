#!/usr/bin/env bash
# One shard of a sweep for each task of a Slurm array; what follows the script is handed to bench:
#
#   sbatch --array=1-16 examples/scale/slurm.sh --methods all --images 50000 --checkpoint vit.pth --datasets ilsvrc:/data/ILSVRC
#
# When all are done:
#
#   npx -y pnpm@12 vitrine merge out/shard-* --out out/all
#
# A task that ran out of time goes on where it was when it is submitted again with the same number.
#SBATCH --job-name=vitrine
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=24:00:00
#SBATCH --output=vitrine-%A_%a.log
set -euo pipefail
exec npx -y pnpm@12 bench "$@" --backends onnx:cpu --quiet --format none \
  --threads "$SLURM_CPUS_PER_TASK" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --out "out/shard-$SLURM_ARRAY_TASK_ID"
