"""Training of the cleaner's networks: labels from gold bodies, made-up pages, the trainer, cross-validation.

One thread, set before numpy is loaded: sums in another order give other weights, and threads that wait for each other
take six times the CPU.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_name, "1")
