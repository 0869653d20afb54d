export { FashionMNIST, MNIST, type MNISTOptions } from "./mnist.js";
