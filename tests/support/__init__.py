# SPDX-License-Identifier: MIT
"""What the tests in Python share: programs, QEMUs, places and test modules.

A test module never imports another test module. Code that two of them need is
here; fixtures that two of them need are in the nearest conftest.py.
"""
