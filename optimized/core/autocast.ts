import { bfloat16, type DType, float16 } from "./dtype.js";
import type { Tensor } from "./tensor.js";

/** What torch.autocast is set to, for each kind of device. The device "reference" follows the host. */
export interface DeviceSetting {
  readonly enabled: boolean;
  readonly dtype: DType;
}

export interface AutocastSetting {
  readonly cpu: DeviceSetting;
  readonly cuda: DeviceSetting;
  /** Whether converted leaves, that is weights, are kept until the outermost region ends. */
  readonly cacheEnabled: boolean;
}

class AutocastState {
  /** Whether any region is on: all that an op looks at. */
  on = false;
  /** How many regions are around the call. */
  nesting = 0;
  readonly cache = new Map<Tensor, Tensor>();
  private current: AutocastSetting = {
    cpu: { enabled: false, dtype: bfloat16 },
    cuda: { enabled: false, dtype: float16 },
    cacheEnabled: true,
  };

  get setting(): AutocastSetting {
    return this.current;
  }
  set setting(setting: AutocastSetting) {
    this.current = setting;
    this.on = setting.cpu.enabled || setting.cuda.enabled;
  }

  /** Runs `f` with ops as they are without autocast. */
  without<T>(f: () => T): T {
    const { on } = this;
    this.on = false;
    try {
      return f();
    } finally {
      this.on = on;
    }
  }
}

export const autocastState = new AutocastState();
