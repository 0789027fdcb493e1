"""Offline: weights become the ONNX files of the model repository; the house models are trained here."""
