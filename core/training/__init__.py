"""Training of models of one's own: data, augmentation, the network in PyTorch, the trainer and the export.

Only this package knows PyTorch, which the app never needs: ``requirements-train.txt`` brings it.
"""
