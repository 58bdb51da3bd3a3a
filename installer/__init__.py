"""Makes what users install: the frozen program, and the installers for each system. Needs no part of the program itself."""
