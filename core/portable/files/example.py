"""What the exported network says: python example.py PICTURE ..., or python example.py --selftest."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
MODEL = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
SESSION = onnxruntime.InferenceSession(HERE / MODEL["network"]["file"], providers=["CPUExecutionProvider"])


def predict(path: str | Path) -> np.ndarray:
    """Probabilities of the classes in model.json, in their order."""
    opened, spec, feeds = Image.open(path), MODEL["preparation"], {}
    if opened.mode[0] in "IF" or ";16" in str(opened.tile):
        sys.exit(f"{path}: more than 8 bits a channel; save it as an 8-bit picture")
    image = ImageOps.exif_transpose(opened).convert("RGBA")
    image = Image.composite(image.convert("RGB"), Image.new("RGB", image.size, "gray"), image.getchannel("A"))
    if spec["crop"] != "none" or spec["topology"]:
        image, feeds = __import__("prepare").cut_and_describe(image, spec)
    small = np.asarray(image.resize((spec["width"], spec["height"]), Image.Resampling.BILINEAR), np.float32)
    feeds["image"] = (small / np.float32(spec["divide_by"])).transpose(2, 0, 1)[None]
    logits = SESSION.run(["logits"], feeds)[0][0].astype(np.float64) / MODEL["temperature"]
    return np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()


if __name__ == "__main__" and sys.argv[1:] == ["--selftest"]:
    test = json.loads((HERE / "selftest.json").read_text(encoding="utf-8"))
    worst = max(np.abs(predict(HERE / case["file"]) - case["probs"]).max() for case in test["cases"])
    print(f"largest difference of a probability: {worst:.1e}, {test['tolerance']:.0e} is allowed")
    sys.exit(not bool(worst <= test["tolerance"]))
for path in sys.argv[1:] if __name__ == "__main__" else ():
    probs = {entry["code"]: float(prob) for entry, prob in zip(MODEL["classes"], predict(path), strict=True)}
    positive = sum(probs[entry["code"]] for entry in MODEL["classes"] if entry["positive"])
    flagged = positive >= MODEL["operating_point"]["threshold"]
    print(json.dumps({"file": path, "probs": probs, "positive_prob": positive, "flagged": flagged}))
