"""How the time of a question grows with the archive, as a picture and as slopes.

python -m benchmarks.plot PICTURE.svg TIMES.json …   what `benchmarks.questions --json` wrote, one file a size
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

DEVELOPMENT = 32_759  # articles, which size 0 stands for


def main() -> None:
    """Draw the means and the 95th percentiles of all engines over the sizes, both axes logarithmic."""
    import matplotlib as library

    library.use("svg")
    from matplotlib import pyplot

    picture, *files = map(Path, sys.argv[1:])
    runs: list[dict[str, Any]] = [json.loads(path.read_text()) for path in files]
    library.rcParams.update(
        {"svg.hashsalt": "svodka", "svg.fonttype": "none"}
    )  # the same from the same figures
    every = [run["size"] or DEVELOPMENT for run in runs]
    figure, both = pyplot.subplots(1, 2, figsize=(9, 3.6), sharex=True, sharey=True, layout="constrained")
    for axis, title, reckon in zip(both, ("mean", "95th percentile"), (_mean, _p95), strict=True):
        for name in runs[0]["times"]:
            sizes = [run["size"] or DEVELOPMENT for run in runs if name in run["times"]]
            times = [reckon(run["times"][name]) for run in runs if name in run["times"]]
            axis.loglog(sizes, times, marker="o", label=name)
            if len(sizes) > 1:
                print(f"{title:16} {name:20} slope {np.polyfit(np.log(sizes), np.log(times), 1)[0]:.2f}")
        axis.set_title(title)
        axis.set_xlabel("articles")
        axis.set_xticks(every, [f"{size:,}" for size in every])
        axis.minorticks_off()
        axis.grid(True, which="both", alpha=0.3)
    both[0].set_ylabel("ms a question")
    both[0].legend(fontsize="small")
    figure.savefig(picture, metadata={"Date": None})


def _mean(times: list[float]) -> float:
    return float(np.mean(times))


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


if __name__ == "__main__":
    main()
